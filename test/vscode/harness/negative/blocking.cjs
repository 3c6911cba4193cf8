/** Never gives the extension host its event loop back. */
exports.run = () => {
  for (;;);
};
