/* complain.h - what is wrong, on standard error. */
#ifndef API_CTL_COMPLAIN_H
#define API_CTL_COMPLAIN_H

/* Writes a line: the program's name, then what is to be said, without anything that a terminal
 * would obey. Cuts it at 1,000 bytes. */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
