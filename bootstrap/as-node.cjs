'use strict'
// Preloaded into npm, which leaves out optional packages (native bindings) that the Node it runs on is too old for: packages are
// for the Node that will load them, and npm knows no option that names it.
Object.defineProperty(process, 'version', { value: `v${process.env.CAPSTAN_PACKAGES_FOR_NODE}` })
