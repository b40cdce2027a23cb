import type { TokenParts } from '../../../workflows/token/token-parts.js'
import { TokenState } from '../../../workflows/token/token-state.js'

/** A state whose parts a test sets up and looks at: the state itself shows them to nobody. */
export class OpenState extends TokenState {
  constructor(readonly parts: TokenParts) {
    super(parts)
  }
}
