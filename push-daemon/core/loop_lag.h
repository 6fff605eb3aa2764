/* loop_lag.h - how late the loop's timers are, for the metric fastim_loop_lag_seconds. */
#ifndef PUSH_CORE_LOOP_LAG_H
#define PUSH_CORE_LOOP_LAG_H

struct env;
struct loop_lag;

/* Measures every 250 ms, until it is stopped. */
struct loop_lag *loop_lag_start(const struct env *env);
void loop_lag_stop(struct loop_lag *lag); /* NULL is fine */

#endif
