/* clock.h - the two clocks: one for spans of time, one for dates. */
#ifndef LIB_CLOCK_H
#define LIB_CLOCK_H

#include <stdint.h>

int64_t clock_ms(void);      /* milliseconds; monotonic, for timeouts and ages */
int64_t clock_us(void);      /* the same in microseconds */
int64_t clock_unix_ms(void); /* milliseconds since 1970; may jump */

#endif
