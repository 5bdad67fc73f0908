// A program that adds members to the original's types, in the module that declares them, without importing that module.

// biome-ignore-all lint/style/useImportType: TypeScript 3.9 has no such modifiers

import { ErrorResponse, Instance } from '@pusher/platform-node';

declare module '@pusher/platform-node/target/common' {
  interface ErrorResponse {
    requestId?: string;
  }
  interface RequestOptions {
    tag?: string;
  }
}

export const requestIdOf = (error: ErrorResponse): string | undefined => error.requestId;
export const tagged = (instance: Instance) =>
  instance.request({ method: 'GET', path: 'a', tag: 'a' });
