/* ledger.h: everything an instance has registered beyond its rows, each with the line that did it. */
#ifndef KERNEL_LEDGER_H
#define KERNEL_LEDGER_H

#include "model.h"

/* Makes ring empty. */
void ledger_init(struct sp_ledger_entry *ring);

/* Releases what is left, latest first. Allocates nothing. */
void ledger_sweep(struct sp_runtime *rt);

#endif
