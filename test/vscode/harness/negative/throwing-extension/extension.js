exports.activate = function activate() {
  throw new Error('thrown on purpose while activating');
};
