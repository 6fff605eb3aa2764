/* clock.h - the clocks: for spans of time, for dates, for CPU time (clock_gettime(2)). */
#ifndef LIB_CLOCK_H
#define LIB_CLOCK_H

#include <stdint.h>

int64_t clock_ms(void);      /* milliseconds; monotonic, for timeouts and ages */
int64_t clock_us(void);      /* the same in microseconds */
int64_t clock_unix_ms(void); /* milliseconds since 1970; may jump */
int64_t clock_cpu_us(void);  /* CPU time that this thread has used, in microseconds */

#endif
