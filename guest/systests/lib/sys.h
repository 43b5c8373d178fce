// What the system-mode test programs share. A program is one file of tests/ with a test_main(); it prints lines
// "name: observed values" on COM1 and ends through the isa-debug-exit port.
#ifndef SYS_H
#define SYS_H

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef unsigned long uword; // as wide as a general register

void test_main(void);

// ---- output (print.c)
void put(const char *text);
// %x and %d take a uword, %s a string, %q a u64 in hexadecimal
void print(const char *format, ...);
// Prints "name: skip (why)": lines like that are not compared.
void skip(const char *name, const char *why);
void finish(void) __attribute__((noreturn));

// ---- ports, registers
static inline void outb(u16 port, u8 v) { asm volatile("outb %0, %1" : : "a"(v), "Nd"(port)); }
static inline void outl(u16 port, u32 v) { asm volatile("outl %0, %1" : : "a"(v), "Nd"(port)); }
static inline u8 inb(u16 port) { u8 v; asm volatile("inb %1, %0" : "=a"(v) : "Nd"(port)); return v; }
static inline u32 inl(u16 port) { u32 v; asm volatile("inl %1, %0" : "=a"(v) : "Nd"(port)); return v; }
#define READ_REG(reg) ({ uword v_; asm volatile("mov %%" #reg ", %0" : "=r"(v_)); v_; })
#define WRITE_REG(reg, value) asm volatile("mov %0, %%" #reg : : "r"((uword)(value)) : "memory")
static inline u64 rdmsr(u32 msr) {
    u32 lo, hi;
    asm volatile("rdmsr" : "=a"(lo), "=d"(hi) : "c"(msr));
    return (u64)hi << 32 | lo;
}
static inline void wrmsr(u32 msr, u64 v) {
    asm volatile("wrmsr" : : "c"(msr), "a"((u32)v), "d"((u32)(v >> 32)) : "memory");
}
static inline void cpuid(u32 leaf, u32 sub, u32 *r) {
    asm volatile("cpuid" : "=a"(r[0]), "=b"(r[1]), "=c"(r[2]), "=d"(r[3]) : "a"(leaf), "c"(sub));
}
static inline void invlpg(uword a) { asm volatile("invlpg (%0)" : : "r"(a) : "memory"); }
static inline void flush_tlb(void) { WRITE_REG(cr3, READ_REG(cr3)); }
static inline uword read_flags(void) { uword v; asm volatile("pushf; pop %0" : "=r"(v)); return v; }
int has_cpuid(u32 leaf, u32 sub, int reg, int bit);
void *fill(void *to, int byte, uword n);
void *copy(void *to, const void *from, uword n);

#define CR0_MP 2
#define CR0_EM 4
#define CR0_TS 8
#define CR0_NE 0x20
#define CR0_WP 0x10000
#define CR0_AM 0x40000
#define CR0_PG 0x80000000u
#define CR4_VME 1
#define CR4_PVI 2
#define CR4_TSD 4
#define CR4_DE 8
#define CR4_PSE 0x10
#define CR4_PAE 0x20
#define CR4_PGE 0x80
#define CR4_PCE 0x100
#define CR4_OSFXSR 0x200
#define CR4_OSXMMEXCPT 0x400
#define CR4_UMIP 0x800
#define CR4_PCIDE 0x20000
#define CR4_OSXSAVE 0x40000
#define CR4_SMEP 0x100000
#define CR4_SMAP 0x200000
#define FLAG_CF 1
#define FLAG_TF 0x100
#define FLAG_IF 0x200
#define FLAG_DF 0x400
#define FLAG_NT 0x4000
#define FLAG_RF 0x10000
#define FLAG_VM 0x20000
#define FLAG_AC 0x40000
#define MSR_EFER 0xC0000080u

// ---- descriptors (desc.c). Selectors as SYSENTER, SYSEXIT, SYSCALL and SYSRET want them.
#define SEL_CODE0 0x08
#define SEL_DATA0 0x10
#ifdef __x86_64__
#define SEL_CODE3C 0x1B // 32-bit code, ring 3
#define SEL_DATA3 0x23
#define SEL_CODE3 0x2B
#define SEL_DATA3B 0x33
#define SEL_CODE0C 0x38 // 32-bit code, ring 0
#define SEL_TSS 0x40
#define SEL_FREE 0x50 // the first that a test may fill
#else
#define SEL_CODE3 0x1B
#define SEL_DATA3 0x23
#define SEL_TSS 0x28
#define SEL_TSS_DF 0x30
#define SEL_FREE 0x38
#endif
#define GDT_ENTRIES 64
extern u64 gdt[GDT_ENTRIES];

// access: the descriptor's second dword bits 8 to 15; flags: G, D/B, L, AVL in bits 3 to 0
void gdt_set(u16 selector, u32 base, u32 limit, u8 access, u8 flags);
u64 descriptor(u32 base, u32 limit, u8 access, u8 flags);
#define GRAN 8
#define BIG 4
#define LONG 2
void gdt_load(void);

struct tss32 {
    u32 link, esp0, ss0, esp1, ss1, esp2, ss2, cr3, eip, eflags, eax, ecx, edx, ebx, esp, ebp, esi, edi;
    u32 es, cs, ss, ds, fs, gs, ldt;
    u16 trap, io_base;
} __attribute__((packed));
struct tss64 {
    u32 reserved0;
    u64 rsp[3], reserved1, ist[7], reserved2;
    u16 reserved3, io_base;
} __attribute__((packed));
#define IO_MAP_BYTES 8193
#ifdef __x86_64__
extern struct { struct tss64 t; u8 io_map[IO_MAP_BYTES]; } __attribute__((packed)) tss;
#else
extern struct { struct tss32 t; u8 io_map[IO_MAP_BYTES]; } __attribute__((packed)) tss;
#endif

// gate types
#define GATE_TASK 5
#define GATE_CALL16 4
#define GATE_INT16 6
#define GATE_TRAP16 7
#define GATE_CALL 12
#define GATE_INT 14
#define GATE_TRAP 15
// A gate in the IDT: type as above, dpl 0 to 3, extra: IST in long mode.
void idt_gate(int vector, u16 selector, uword offset, int type, int dpl, int extra);
void idt_not_present(int vector);
// A call gate in the GDT (two entries in long mode); count: parameters in 32-bit mode.
void gdt_call_gate(u16 selector, u16 target, uword offset, int type, int dpl, int count);
extern u64 idt[512];

// ---- traps (trap.c, entry*.S)
struct frame {
#ifdef __x86_64__
    uword r15, r14, r13, r12, r11, r10, r9, r8, di, si, bp, bx, dx, cx, ax;
#else
    uword gs, fs, es, ds, di, si, bp, sp_unused, bx, dx, cx, ax;
#endif
    uword vector, error, ip, cs, flags, sp, ss;
    uword v86_es, v86_ds, v86_fs, v86_gs; // from virtual-8086 mode only
};
// What happened to the last snippet.
extern struct seen {
    int trapped;
    struct frame f;
    uword cr2;
    uword handler_sp; // of the processor's frame
} seen;
// A vector may have a hook: returns nonzero to resume the interrupted code, 0 to end the snippet.
typedef int (*hook)(struct frame *f);
extern hook hooks[256];
extern void *vector_stubs[];

// Runs ring-0 code that ends with RET; true if a trap ended it.
int trap_run(const void *code);
// Runs ring-3 code that ends with INT 0x80 (its vector is then 0x80). flags: initial EFLAGS.
int user_run(const void *code, uword flags);
// As user_run, with any frame: for IRET to other modes. Frame words from IP upwards.
int iret_run(const uword *frame, int words);
extern uword user_alias; // what to add to a kernel address to get one that ring 3 may use
extern u8 user_stack[];
#define USER_STACK_TOP ((uword)user_stack + 4096 + user_alias)

// Prints what ended the last snippet: "name: #GP(0018) ip+3 cs=1b", with the address as an offset to base.
void show(const char *name, const void *base);
// trap_run and show
void check(const char *name, const void *code);
void check_user(const char *name, const void *code, uword flags);
const char *vector_name(int vector);

// ---- more processors (smp_64.c)
#define MAX_PROCESSORS 8
u64 ticks(void); // the TSC
static inline void pause(void) { asm volatile("pause" : : : "memory"); }
// Starts all others; each calls the function with its number, 1 to 7, and halts when that returns. How many there are.
u32 start_processors(void (*function)(u32 number));

// Code of a test, in assembly: a label and what follows.
#define SNIP(label, text) \
    extern char label[]; \
    asm(".text\n.balign 16\n.globl " #label "\n" #label ":\n" text "\n")
#define LEN(array) (sizeof(array) / sizeof((array)[0]))

#endif
