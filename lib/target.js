'use strict';

// Hosts and ports, as the original's URL formatter and HTTP library read them.

/** @param {any} host @param {any} port */
exports.locate = (host, port) => {
  const name = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
  return port ? `${name}:${port}` : name;
};
