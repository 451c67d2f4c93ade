'use strict';

// Lives as long as the instance: the handler and the hooks see the same one.
let counter = 0;

exports.handler = (event, context, callback) => {
  counter += 2;
  callback(null, String(counter));
};

exports.preFreeze = (context, callback) => {
  counter += 1;
  callback(null);
};

exports.preStop = (context, callback) => {
  console.log(`the last count of this instance is ${counter}`);
  callback(null);
};
