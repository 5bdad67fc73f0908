// Declares the types of `target/instance`.

export { Instance as default, InstanceOptions } from '../index';
