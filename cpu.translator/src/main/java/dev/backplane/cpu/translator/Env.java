package dev.backplane.cpu.translator;

import dev.backplane.cpu.x86.MemSlow;

/**
 * The layout of a vCPU's memory below 2 GiB: what machine code keeps or finds outside of registers. Offsets in bytes.
 */
final class Env {
    /** General registers by number: valid outside of machine code; those that have no host register always. */
    static final int GPR = 0;
    /** The arithmetic flags outside of machine code, as PUSHFQ writes them. */
    static final int FLAGS = 0x80;
    /** The linear address (as an offset in CS) of the page that is executing. */
    static final int PAGE_BASE = 0x88;
    static final int FS_BASE = 0x90;
    static final int GS_BASE = 0x98;
    /**
     * 0 while the vCPU is to look at what is asked of it, else the bits that choose an entry of a table of jumps: a
     * poll leaves then, and a jump finds the first entry only, which no RIP has. The upper half stays 0.
     */
    static final int ATTENTION = 0xA0;
    /** The number of the {@link Site} through which machine code was left. */
    static final int EXIT = 0xA8;
    /** Where machine code is entered. */
    static final int ENTRY = 0xB0;
    /** Constants: the bits of an address that choose a TLB entry, of a page, of an aligned page. */
    static final int INDEX_MASK = 0xB8;
    static final int PAGE_MASK = 0xC0;
    static final int ALIGNED_MASK = 0xC8;
    /** RIP of an indirect branch, on its way. */
    static final int TARGET = 0xD8;
    /** 0 if the guest's YMM registers and MXCSR are in the host's, else they are here. */
    static final int XMM_ABSENT = 0xE0;
    static final int GUEST_MXCSR = 0xE4;
    static final int HOST_MXCSR = 0xE8;
    /** Instructions that blocks have counted since the entry; Java clears it. */
    static final int COUNT = 0xF0;
    static final int ALIGNED_32_MASK = 0xF8;
    /** EFLAGS.IF as 0 or 1. */
    static final int IF = 0x500;
    /** EFLAGS as PUSHF shows it, without IF and the arithmetic flags. */
    static final int EFLAGS = 0x508;
    /** EFLAGS.DF, 0 if it is clear. */
    static final int DF = 0x510;
    /** Not 0 if an interrupt may be pending. */
    static final int EVENTS = 0x518;
    /** Counts changes of mappings. */
    static final int MAPPINGS = 0x520;
    /** Constants: the arithmetic flags, and the numbers of bits in a qword and a dword, as masks. */
    static final int ARITHMETIC = 0x528;
    static final int MASK_63 = 0x530;
    static final int MASK_31 = 0x538;
    /** 0 if the guest's x87 registers, control and status word are in the host's, else they are here. */
    static final int X87_ABSENT = 0x540;
    /** Not 0 if they must not be loaded, since an exception is not masked. */
    static final int X87_UNMASKED = 0x544;
    /** The last block with x87 instructions that has run to its end, as a number of its site and 1; 0: none. */
    static final int X87_LAST = 0x548;
    /** The segment of its last memory operand and 1; 0: it had none, nor had one before it. */
    static final int X87_SEG = 0x54C;
    /** The address of the page that it was in. */
    static final int X87_PAGE = 0x550;
    /** The offset of the last memory operand of an x87 instruction. */
    static final int X87_DP = 0x558;
    /** A control word on its way. */
    static final int X87_CONTROL = 0x560;
    /** The state as FNSAVE writes it, 108 bytes; its registers are aligned. */
    static final int X87_IMAGE = 0x584;
    /** For {@link PageWalk}: the host address of the root of the page tables, 0 if Java has to walk. */
    static final int WALK_ROOT = 0x600;
    /** Bits of an entry: those of an address, those that must be 0, the same for the root, G if that counts. */
    static final int WALK_ADDRESS = 0x608;
    static final int WALK_RESERVED = 0x610;
    static final int WALK_RESERVED_TOP = 0x618;
    static final int WALK_GLOBAL = 0x620;
    /** The bit of this vCPU in the ints of pages. */
    static final int WRITER = 0x628;
    /** The linear address for which a walk was refused. */
    static final int MISSED = 0x630;
    /** Entries that machine code has filled. */
    static final int WALKS = 0x638;
    /** For each table, for reads and for writes: which bits of all entries together are looked at, and their value. */
    static final int WALK_RIGHTS = 0x640;
    /** Where RAM is. */
    static final int REGIONS = 0x680;
    /** Not 0 if SYSCALL and SYSRET are left to their ops. */
    static final int SYSCALL_OFF = 0x700;
    /** The flags that SYSCALL leaves. */
    static final int SYSCALL_FLAGS = 0x708;
    static final int LSTAR = 0x710;
    static final int KERNEL_GS_BASE = 0x718;
    /** What changed the privilege level last since the entry, see {@link SystemState}. */
    static final int LEVEL = 0x720;
    /** Not 0 if RDFSBASE and its like are left to their ops. */
    static final int BASES_OFF = 0x728;
    /** Not 0 if IRETQ is left to its op. */
    static final int IRET_OFF = 0x730;
    /** For IRETQ: the linear address of the descriptors of user stack and code. */
    static final int IRET_DESCRIPTORS = 0x738;
    /** Negated: these descriptors, and the selectors of user code and stack. */
    static final int IRET_STACK = 0x740;
    static final int IRET_CODE = 0x748;
    static final int IRET_CS = 0x750;
    static final int IRET_SS = 0x758;
    /** EFLAGS.RF as the last IRETQ of machine code has loaded it. */
    static final int RESUME = 0x760;
    /** Constants: bits that canonical addresses of user code do not have, flags that returns leave to ops, NT. */
    static final int NOT_USER_ADDRESS = 0x768;
    static final int RETURN_REFUSED = 0x770;
    static final int NESTED_TASK = 0x778;
    /** Not 0 if the time-stamp counter is not known. */
    static final int TSC_OFF = 0x780;
    static final int TSC_AUX = 0x784;
    /** Negated: the host's counter when the guest's was {@link #TSC_GUEST}. */
    static final int TSC_HOST = 0x788;
    static final int TSC_GUEST = 0x790;
    /** Ticks of the guest's for each of the host's, in units of 2^-32. */
    static final int TSC_SCALE = 0x798;
    /** The last value that machine code has made. */
    static final int TSC_LAST = 0x7A0;
    /** Constant: bits that the distance from {@link #TSC_HOST} must not have. */
    static final int TSC_TOO_OLD = 0x7A8;
    /** For {@link SecondTables}: the number of the address space in bits 63:48, and the bits that choose an entry. */
    static final int SPACE = 0x7B0;
    static final int SECOND_MASK = 0x7B8;
    /** Counts changes of mappings of global pages. */
    static final int GLOBAL_MAPPINGS = 0x7C0;
    /** Vector registers, 32 bytes each. */
    static final int YMM = 0x100;
    /** The numbers from 0 to {@link #MAX_COUNT} as qwords. */
    static final int NUMBERS = 0x300;
    static final int MAX_COUNT = 63;
    /** The TLB, see {@link dev.backplane.cpu.x86.Mem}. */
    static final int TLB = 0x1000;
    /** For each table of the TLB, an array of RIPs (negated) and one of the machine code for them. */
    static final int JUMPS = TLB + MemSlow.TABLES_BYTES;
    static final int JUMP_ENTRIES = 8192;
    /** Where the code for RIPs is in a table. */
    static final int JUMP_CODE = JUMP_ENTRIES * 8;
    static final int JUMP_TABLE_BYTES = JUMP_ENTRIES * 16;
    static final int JUMP_TABLES = 3;
    /** The tables of {@link SecondTables}, each with an entry more. */
    static final int SECOND = JUMPS + JUMP_TABLES * JUMP_TABLE_BYTES;
    static final int SECOND_ENTRIES = 16384;
    static final int SECOND_TABLE_BYTES = (SECOND_ENTRIES + 1) * 16;
    static final int SIZE = SECOND + JUMP_TABLES * SECOND_TABLE_BYTES;

    private Env() {
    }
}
