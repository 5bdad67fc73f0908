// Declares the types of `target/authenticator`. The class is declared here because the package's index does not export it.

import {
  AuthenticateOptions,
  AuthenticatePayload,
  AuthenticationResponseWithTokens,
  TokenWithExpiry,
} from '../index';

export { TokenWithExpiry };

/** A refresh token, a JSON Web Token that does not expire. */
export interface RefreshToken {
  /** The JSON Web Token. */
  token: string;
}

/** Issues access tokens and refresh tokens, and verifies refresh tokens. An `Instance` creates its own and calls it. */
declare class Authenticator {
  private instanceId;
  private instanceKeyId;
  private instanceKeySecret;
  private tokenExpiry?;

  /**
   * Creates an authenticator. `tokenExpiry` is the lifetime in seconds of access tokens whose options do not give one. The
   * default, also for 0, is 86400, which is a day.
   */
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
  ): AuthenticationResponseWithTokens;

  /** See `Instance.authenticateWithRefreshToken`. */
  authenticateWithRefreshToken(
    authenticatePayload: AuthenticatePayload,
    options: AuthenticateOptions,
  ): AuthenticationResponseWithTokens;

  private authenticateUsingClientCredentials;
  private authenticateUsingRefreshToken;

  /** See `Instance.generateAccessToken`. */
  generateAccessToken(options: AuthenticateOptions): TokenWithExpiry;

  private generateRefreshToken;
}

export default Authenticator;
