/*
 * shared.h: what the threads of a component's own may do. A handler on the loop shares a signal; any thread may then
 * read it, and post values to it. And any thread may have a function of the component run on the loop: a posted row.
 *
 *	(signal, integer, count),
 *	(member, SP_SHARED(integer), shared),          -- in the component
 *	sp_share(self->rt, &self->shared, self->count) -- in activate
 *	sp_shared_post(self->shared, 42)               -- in the thread
 *	sp_shared_release(self->shared.shared)         -- in deactivate, when the thread was joined
 *
 * What is posted to one instance, values and functions alike, goes through one queue to the loop: what one thread posts
 * is delivered in its order, each by itself, so that effects run after it. Posts to an instance that is about to take
 * over from an older version wait until it has.
 *
 * A handle is the kernel's own memory: it is valid until it is released, though instance and kernel may have gone, and
 * then answers SP_GONE. To the kernel an unreleased handle means that code of the plugin may still run: when the
 * instance has ended it is reported with file and line, and the plugin stays loaded until it is released. The last
 * release says that no such code runs any more, so that a thread of the plugin's is joined by deactivate all the same.
 *
 * A signal that is not shared pays nothing. A computed is shared by an effect that sets a shared signal to it.
 */
#ifndef SIGNALPY_SHARED_H
#define SIGNALPY_SHARED_H

#include <signalpy/runtime.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sp_shared sp_shared;

/* A handle on a signal or property of a type, as rows spell it (not an array). of is never read, only asked for its
 * type. */
#define SP_SHARED(T) \
	union { \
		sp_shared *shared; \
		SP__C_##T const *of; \
	}

/*
 * sp_share(rt, &handle, slot) makes a handle on a signal or property of the instance, counted once; release it with
 * sp_shared_release. SP_INVALID when the slot holds a pointer, SP_NO_MEMORY; both fail the handler with words. [loop]
 */
#define sp_share(rt, handle, slot) \
	sp_runtime_share((rt), &(handle)->shared, (slot).writable, __FILE__, \
		__LINE__ + _Generic((handle)->of, __typeof__(&*(slot).of): 0))
SP_API sp_status sp_runtime_share(sp_runtime *rt, sp_shared **ret_shared, sp_node *slot, const char *file, int line);

/*
 * sp_shared_post(handle, value) has the loop set the signal. Text and bytes are copied; a json value is copied deeply,
 * and the one given is stolen in every case. SP_OK when it is on its way (what is still on its way when the instance
 * ends is dropped), SP_GONE when the instance has ended or another version has taken over, SP_UNAVAILABLE when 10000
 * posts wait or the instance's state is just being handed over (try again), SP_NO_MEMORY. [any]
 */
#define sp_shared_post(handle, ...) sp_shared_post_value((handle).shared, (__typeof__(*(handle).of)[1]){ __VA_ARGS__ })
SP_API sp_status sp_shared_post_value(sp_shared *shared, const void *value);

/*
 * sp_shared_read(handle, &value) reads what the loop has set last: a number as it is, text and bytes copied, json
 * copied deeply, so that the caller owns it and frees it with sp_shared_free(handle, &value), before it releases the
 * handle. SP_GONE as above, SP_NO_MEMORY; then value is untouched. [any]
 */
#define sp_shared_read(handle, ret_value) \
	sp_shared_read_value((handle).shared, \
		(ret_value) + _Generic(1 ? (handle).of : (ret_value), __typeof__(&*(handle).of): 0))
#define sp_shared_free(handle, value) \
	sp_shared_free_value((handle).shared, \
		(value) + _Generic(1 ? (handle).of : (value), __typeof__(&*(handle).of): 0))
SP_API sp_status sp_shared_read_value(sp_shared *shared, void *ret_value);
SP_API void sp_shared_free_value(const sp_shared *shared, void *value);

/* Counts the handle once more, and once less; the last release frees it. retain answers what it is given; release
 * accepts NULL. [any] */
SP_API sp_shared *sp_shared_retain(sp_shared *shared);
SP_API void sp_shared_release(sp_shared *shared);

/*
 * sp_post(where, component, name, object, release) has the loop run the function of the row (posted, type, name). where
 * is self->rt, which a thread may use until deactivate has returned, or a handle (handle.shared), as long as it holds
 * one. object, a pointer to type, is handed over in every case: to the function, or, where that will not run, to
 * release (NULL: nothing is released), on this thread when it fails, else on the loop. What it answers is that of
 * sp_shared_post. [any]
 */
#define sp_post(where, C, name, object, release) \
	_Generic((where), sp_runtime *: sp_runtime_post, sp_shared *: sp_shared_run)((where), C##__##name, #name, \
		C##__##name##__object(object), (release))
typedef sp_status (*sp_posted_run)(void *self, void *object);
SP_API sp_status sp_runtime_post(sp_runtime *rt, sp_posted_run run, const char *name, void *object,
	void (*release)(void *object));
SP_API sp_status sp_shared_run(sp_shared *shared, sp_posted_run run, const char *name, void *object,
	void (*release)(void *object));

#ifdef __cplusplus
}
#endif
#endif
