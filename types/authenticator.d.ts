// The types of `target/authenticator`. Its class is declared here since the index exports no such value.

import {
  AuthenticateOptions,
  AuthenticatePayload,
  AuthenticationResponse,
  TokenWithExpiry,
} from '../index';

export { TokenWithExpiry };

/** A refresh token, a JSON Web Token that does not expire. */
export interface RefreshToken {
  /** The token. */
  token: string;
}

/** Issues tokens to users and verifies their refresh tokens. An `Instance` makes its own, and its methods call it. */
declare class Authenticator {
  private instanceId;
  private instanceKeyId;
  private instanceKeySecret;
  private tokenExpiry?;

  /** `tokenExpiry` is how many seconds access tokens last that ask for no time; 86400, a day, by default and for 0. */
  constructor(
    instanceId: string,
    instanceKeyId: string,
    instanceKeySecret: string,
    tokenExpiry?: number,
  );

  /** See `Instance.authenticate`. */
  authenticate(
    authenticatePayload: AuthenticatePayload,
    options: AuthenticateOptions,
  ): AuthenticationResponse;

  /** See `Instance.authenticateWithRefreshToken`. */
  authenticateWithRefreshToken(
    authenticatePayload: AuthenticatePayload,
    options: AuthenticateOptions,
  ): AuthenticationResponse;

  private authenticateUsingClientCredentials;
  private authenticateUsingRefreshToken;

  /** See `Instance.generateAccessToken`. */
  generateAccessToken(options: AuthenticateOptions): TokenWithExpiry;

  private generateRefreshToken;
}

export default Authenticator;
