/* A component of more rows than can be counted: 48. */
#include <signalpy/component.h>

SP_COMPONENT(heap,
	(signal, integer, a0), (signal, integer, a1), (signal, integer, a2), (signal, integer, a3),
	(signal, integer, a4), (signal, integer, a5), (signal, integer, a6), (signal, integer, a7),
	(signal, integer, a8), (signal, integer, a9), (signal, integer, a10), (signal, integer, a11),
	(signal, integer, a12), (signal, integer, a13), (signal, integer, a14), (signal, integer, a15),
	(signal, integer, a16), (signal, integer, a17), (signal, integer, a18), (signal, integer, a19),
	(signal, integer, a20), (signal, integer, a21), (signal, integer, a22), (signal, integer, a23),
	(signal, integer, a24), (signal, integer, a25), (signal, integer, a26), (signal, integer, a27),
	(signal, integer, a28), (signal, integer, a29), (signal, integer, a30), (signal, integer, a31),
	(signal, integer, a32), (signal, integer, a33), (signal, integer, a34), (signal, integer, a35),
	(signal, integer, a36), (signal, integer, a37), (signal, integer, a38), (signal, integer, a39),
	(signal, integer, a40), (signal, integer, a41), (signal, integer, a42), (signal, integer, a43),
	(signal, integer, a44), (signal, integer, a45), (signal, integer, a46), (signal, integer, a47),
	(signal, integer, a48));

SP_PLUGIN(heap, "1.0.0", heap);
