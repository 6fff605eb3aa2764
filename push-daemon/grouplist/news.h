/* news.h - tells the clients of a user what is new in its groups. */
#ifndef PUSH_GROUPLIST_NEWS_H
#define PUSH_GROUPLIST_NEWS_H

struct group_index;
struct index_user;

/* If all is known that there is to tell. A client that takes no more is closed; the user must stay
 * even if that was the last one. */
void news_tell(struct group_index *index, struct index_user *u);

#endif
