export { actorOf, authorise, systemPrincipal, type Principal } from './domain/principal.ts'
