package dev.backplane.cpu.x86.simd;

import dev.backplane.cpu.x86.OpTable;

/** The opcodes of MMX, SSE to SSE4.2, AES and PCLMULQDQ, AVX, AVX2, FMA and F16C. */
public final class SimdTable {
    private SimdTable() {
    }

    /** Adds them to the table. */
    public static void addTo(OpTable table) {
        Tables t = new Tables(table);
        MoveTable.addTo(t);
        FloatTable.addTo(t);
        IntegerTable.addTo(t);
        Sse4Table.addTo(t);
        AvxTable.addTo(t);
        FmaTable.addTo(t);
    }
}
