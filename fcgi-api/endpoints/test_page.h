/* test_page.h - www/test.html, embedded at build time. */
#ifndef API_ENDPOINTS_TEST_PAGE_H
#define API_ENDPOINTS_TEST_PAGE_H

#include <stddef.h>

extern const unsigned char test_page[];
extern const size_t test_page_length;

#endif
