// Package media is the register of every medium that ever held something of the
// vault: a share, a home, backups, what couriers carry. It is made of statements,
// one text each, signed by who did something and by who saw it; where a medium is
// now is what the chain of its statements ends in. Nothing is ever taken out.
package media
