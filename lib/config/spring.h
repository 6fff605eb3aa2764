/* spring.h - the keys of an application.yml of the Java original, a Spring Boot program. */
#ifndef LIB_CONFIG_SPRING_H
#define LIB_CONFIG_SPRING_H

#include <stdbool.h>

/* Its section redis stands in a section spring or, from Spring Boot 3 on, spring.data. Below that
 * its keys are those of fastim. Returns the key as fastim has it; any other key as it is. */
const char *spring_plain_key(const char *key);

/* May it be a section whose keys are to be looked at, though no setting of fastim is in it? */
bool spring_is_section(const char *key);

/* Has it, and all below it, a meaning for the Java program alone? */
bool spring_is_ignored(const char *key);

/* Of what fastim cannot do as it is told there: what is wrong, what would be right. Else NULL. */
const char *spring_refusal(const char *key);

#endif
