/*
 * list.h: an intrusive, circular, doubly linked list. A list head and a link are the same type; a link that is in no
 * list points to itself, so that removing twice is harmless.
 */
#ifndef KERNEL_LIST_H
#define KERNEL_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list {
	struct list *previous, *next;
};

#define container_of(link, type, member) ((type *)(void *)((char *)(link)-offsetof(type, member)))

/* Runs the block for each item; the present item may be removed in it, no other. */
#define list_each(item, head, member) \
	for (struct list *at_ = (head)->next, *next_ = at_->next; \
		at_ != (head) && ((item) = container_of(at_, __typeof__(*(item)), member), true); \
		at_ = next_, next_ = at_->next)

static inline void list_init(struct list *list)
{
	list->previous = list->next = list;
}

static inline bool list_is_empty(const struct list *list)
{
	return list->next == list;
}

static inline void list_insert_before(struct list *place, struct list *link)
{
	link->previous = place->previous;
	link->next = place;
	place->previous->next = link;
	place->previous = link;
}

static inline void list_add(struct list *head, struct list *link)
{
	list_insert_before(head, link);
}

static inline void list_remove(struct list *link)
{
	link->previous->next = link->next;
	link->next->previous = link->previous;
	list_init(link);
}

#endif
