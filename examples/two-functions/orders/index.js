'use strict';

let prefix;
let orders = 0;

exports.initialize = (context, callback) => {
  prefix = `order ${new Date().getUTCFullYear()}`;
  callback(null);
};

exports.handler = (event, context, callback) => {
  orders += 1;
  callback(null, `${prefix}-${orders}`);
};

exports.preStop = (context, callback) => {
  console.log(`${orders} orders were taken`);
  callback(null);
};
