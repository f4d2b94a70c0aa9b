/** A fault that the person at the keyboard can mend; its message is a sentence that says how. */
export class BootFailure extends Error {}
