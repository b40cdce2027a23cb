import ipaddr from 'ipaddr.js'

/**
 * Where clouds tell a machine its own credentials: AWS, Google, Azure and others; ECS and EKS; Alibaba.
 * Nothing of a connector has to go there.
 */
const METADATA = [
  ...['169.254.169.254', '169.254.170.2', '169.254.170.23', '100.100.100.200'],
  ...['fd00:ec2::254', 'fd00:ec2::23', 'fd20:ce::254'],
].map((text) => ipaddr.parse(text))

/** The networks whose addresses are not public; beside them a block says nothing, or too much. */
const NOT_PUBLIC = [
  ...['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', '169.254.0.0/16'],
  ...['127.0.0.0/8', '192.0.0.0/24', '198.18.0.0/15', 'fc00::/7', 'fe80::/10', '::1/128'],
].map((text) => ipaddr.parseCIDR(text))

type BlockAddress = ReturnType<typeof ipaddr.parse>

export function isMetadataAddress(address: BlockAddress): boolean {
  return METADATA.some((one) => one.toString() === address.toString())
}

/** Says what is wrong with a block of addresses that a connector may dial, or nothing. */
export function blockProblem(text: string): string | undefined {
  if (!ipaddr.isValidCIDR(text)) return `must be a block in CIDR notation: '10.20.0.0/16'`
  const [network, bits] = ipaddr.parseCIDR(text)
  const isWithin = ([outer, outerBits]: readonly [BlockAddress, number]): boolean =>
    outer.kind() === network.kind() && bits >= outerBits && network.match(outer, outerBits)
  if (!NOT_PUBLIC.some(isWithin))
    return 'is wider than a private network, or public: name the blocks of your own network, as 10.20.0.0/16'
  // The whole shared range (RFC 6598) is one network of many; the address in it is never dialled anyway.
  const covered = METADATA.find(
    (one) =>
      one.range() !== 'carrierGradeNat' &&
      one.kind() === network.kind() &&
      one.match(network, bits),
  )
  return covered === undefined
    ? undefined
    : `covers ${covered.toString()}, where a cloud tells its machines their credentials: name narrower blocks`
}
