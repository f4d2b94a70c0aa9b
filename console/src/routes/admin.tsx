export function AdminPage() {
  return null
}
export function AccountPage() {
  return null
}
