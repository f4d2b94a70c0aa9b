import { defineConfig } from 'vite'
import react from '@vitejs/plugin-react'

const api = process.env.CAPSTAN_API ?? 'http://127.0.0.1:8080'

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  server: { proxy: { '/api': { target: api, changeOrigin: false } } },
  worker: { format: 'es' },
  build: { target: 'es2023', outDir: 'dist', assetsDir: 'assets-static', emptyOutDir: true, chunkSizeWarningLimit: 1_600 },
})
