'use strict';

const express = require('express');

const app = express();
let visits = 0;

// Express answers HEAD with the routes of GET; a hook is asked for by GET alone.
app.use((request, response, next) => (request.method === 'HEAD' ? response.sendStatus(405) : next()));

// As single-page applications have it: every path gets the same page. So do those of the hooks.
app.get('*', (request, response) => {
  visits += 1;
  response.send('welcome to the shop\n');
});

const server = app.listen(9000, '0.0.0.0');
// The platform keeps idle connections; Node.js alone would close them after 5 seconds.
server.keepAliveTimeout = 24 * 60 * 60 * 1000;

process.on('SIGTERM', () => {
  server.close(() => process.exit(0));
  server.closeAllConnections();
});
