// Declares the types of `target/common`.

export {
  AuthenticateOptions,
  AuthenticatePayload,
  AuthenticationResponse,
  ErrorBody,
  ErrorResponse,
  Headers,
  IncomingMessageWithBody,
  RequestOptions,
  TokenResponse,
} from '../index';
