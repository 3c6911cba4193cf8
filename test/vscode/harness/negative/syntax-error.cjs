exports.run = () => {
