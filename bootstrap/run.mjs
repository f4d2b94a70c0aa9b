// The entry of every npm script: plain JavaScript for Node 18 and newer, without a dependency. Older ones get one clear sentence,
// which is why nothing is imported before the version is known.
const major = Number(process.versions.node.split('.')[0])
if (major < 18) {
  process.stderr.write(
    'capstan: Node ' + process.versions.node + ' is too old even to set things up. Install Node 18 or newer (20 or 24 are good).\n',
  )
  process.exit(2)
}
const { bootstrap } = await import('./bootstrap.mjs')
await bootstrap(process.argv[2], process.argv.slice(3))
