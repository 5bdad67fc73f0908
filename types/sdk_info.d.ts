// Declares the types of `target/sdk_info`.

export { SDKInfo as default, SDKInfoHeaders } from '../index';
