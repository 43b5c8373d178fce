package dev.backplane.shell.debug;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

import dev.backplane.api.cpu.CpuState;
import dev.backplane.api.machine.MachineDebugger;
import dev.backplane.api.machine.MachineException;

/**
 * The linear memory that a kernel's image fills, as a copy: what is not mapped is zero. What is in it is the guest's
 * word: readings beyond it give zero.
 */
final class KernelImage {
    /** Linux maps its image by large pages, aligned so. */
    private static final int STEP = 2 << 20;
    private static final int MOST = 96 << 20;
    private static final int IA32_LSTAR = 0xC0000082;

    private final long base;
    private final ByteBuffer bytes;

    KernelImage(long base, byte[] bytes) {
        this.base = base;
        this.bytes = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Reads it from a stopped machine: what is mapped around the entry of SYSCALL; null if that is not set up. */
    static KernelImage of(MachineDebugger debugger, int vcpu) throws MachineException {
        CpuState s = debugger.state(vcpu);
        long entry = s.msr(IA32_LSTAR);
        if (entry >= 0) {
            return null;
        }
        long first = entry & -STEP;
        byte[] page = new byte[1];
        while (entry - (first - STEP) < MOST / 2 && debugger.read(vcpu, first - STEP, page) == 1) {
            first -= STEP;
        }
        byte[] all = new byte[MOST];
        int used = 0;
        byte[] part = new byte[4096];
        for (int at = 0; at < MOST && first + at < 0; at += part.length) {
            if (debugger.read(vcpu, first + at, part) == part.length) {
                System.arraycopy(part, 0, all, at, part.length);
                used = at + part.length;
            }
        }
        return new KernelImage(first, Arrays.copyOf(all, used));
    }

    long base() {
        return base;
    }

    long end() {
        return base + bytes.capacity();
    }

    /** The first place from an offset on where the bytes are, or -1. */
    int find(byte[] wanted, int from) {
        byte[] all = bytes.array();
        for (int i = Math.max(from, 0); i <= all.length - wanted.length; i++) {
            if (all[i] == wanted[0] && Arrays.equals(all, i, i + wanted.length, wanted, 0, wanted.length)) {
                return i;
            }
        }
        return -1;
    }

    /** The offset of an address, or -1. */
    int offset(long address) {
        return Long.compareUnsigned(address - base, bytes.capacity()) < 0 ? (int) (address - base) : -1;
    }

    private boolean has(int offset, int size) {
        return offset >= 0 && offset <= bytes.capacity() - size;
    }

    int u8(int offset) {
        return has(offset, 1) ? bytes.get(offset) & 0xFF : 0;
    }

    int u16(int offset) {
        return has(offset, 2) ? bytes.getShort(offset) & 0xFFFF : 0;
    }

    int i32(int offset) {
        return has(offset, 4) ? bytes.getInt(offset) : 0;
    }

    long i64(int offset) {
        return has(offset, 8) ? bytes.getLong(offset) : 0;
    }
}
