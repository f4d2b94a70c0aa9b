export function ArrivalsPage() {
  return null
}
