/** What a new password must have; the server says so too, and refuses what is easily guessed. */
export const PASSWORD_LENGTH_MIN = 12;
