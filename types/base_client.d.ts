// Declares the types of `target/base_client`.

export { BaseClient as default, BaseClientOptions } from '../index';
