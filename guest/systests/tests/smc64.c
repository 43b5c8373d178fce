// 64-bit: code that changes: the next instruction, its own block, through another address, by string stores, by a new
// mapping. A processor sees its own stores to code after a jump.
#include "sys.h"

extern u64 pml4[512];
static u64 pdpt1[512] __attribute__((aligned(4096)));
static u64 pd1[512] __attribute__((aligned(4096)));
static u64 pt1[512] __attribute__((aligned(4096)));
static u8 code[2][4096] __attribute__((aligned(4096)));
#define W 0x8000000000ull

typedef u32 (*function)(void);

// mov $value, %eax; ret
static void put_function(u8 *at, u32 value) {
    at[0] = 0xB8;
    *(volatile u32 *)(at + 1) = value;
    at[5] = 0xC3;
}

static void same_address(void) {
    function f = (function)code[0];
    uword sum = 0;
    for (u32 i = 0; i < 1000; i++) {
        put_function(code[0], i);
        sum += f();
    }
    print("rewritten-1000-times: %d\n", sum);
    sum = 0;
    put_function(code[0], 0);
    for (u32 i = 0; i < 1000; i++) {
        code[0][1] = i;
        sum += f();
    }
    print("one-byte-of-an-immediate: %d\n", sum);
}

static void other_address(void) {
    pml4[1] = (uword)pdpt1 | 7;
    pdpt1[0] = (uword)pd1 | 7;
    pd1[0] = (uword)pt1 | 7;
    pt1[0] = (uword)code[0] | 7;
    pt1[1] = (uword)code[1] | 7;
    flush_tlb();
    function low = (function)code[0], high = (function)W;
    put_function(code[0], 1);
    uword a = low(), b = high();
    put_function((u8 *)W, 2);
    uword c = low(), d = high();
    put_function(code[0], 3);
    print("through-an-alias: %d %d %d %d %d %d\n", a, b, c, d, (uword)low(), (uword)high());
    // The same linear address, other physical pages
    put_function(code[0], 10);
    put_function(code[1], 20);
    uword sum = 0;
    for (int i = 0; i < 100; i++) {
        pt1[0] = (uword)code[i & 1] | 7;
        invlpg(W);
        sum += high();
    }
    print("remapped-100-times: %d\n", sum);
    // An instruction on two pages
    pt1[0] = (uword)code[0] | 7;
    invlpg(W);
    function split = (function)(W + 4093);
    put_function((u8 *)W + 4093, 0x11223344);
    a = split();
    code[1][0] = 0x55;
    b = split();
    pt1[1] = (uword)code[0] | 7;
    code[0][0] = 0x66;
    code[0][1] = 0x77;
    code[0][2] = 0xC3;
    invlpg(W + 4096);
    print("on-two-pages: %x %x %x\n", a, b, (uword)split());
    pt1[1] = 0;
    invlpg(W + 4096);
    trap_run((void *)(W + 4093));
    print("second-page-gone: %s(%x) cr2=%x ip=%x\n", vector_name(seen.f.vector), seen.f.error, seen.cr2, seen.f.ip);
}

// Writes over an instruction of the block that is running, then jumps to it.
SNIP(own_block, "movb $7,1f+1(%rip); jmp 1f; 1: mov $1,%eax; movb $1,1b+1(%rip); int $0x81");
// A loop whose body changes itself each time round.
SNIP(own_loop, "xor %ebx,%ebx; mov $100,%ecx; 1: mov $0,%eax; add %eax,%ebx; incl 1b+1(%rip); dec %ecx; jnz 1b;"
    "movl $0,1b+1(%rip); mov %ebx,%eax; int $0x81");
// REP STOSB over the code behind it: 16 bytes of NOP over UD2s.
SNIP(by_rep, "cld; lea 1f(%rip),%rdi; mov $16,%ecx; mov $0x90,%al; rep stosb; jmp 1f;"
    "1: .rept 8; ud2; .endr; mov $5,%eax; int $0x81");
SNIP(by_movs, "cld; lea 1f(%rip),%rdi; lea 2f(%rip),%rsi; mov $7,%ecx; rep movsb; jmp 1f; 1: ud2; ud2; ud2; nop;"
    "2: mov $9,%eax; int $0x81");
SNIP(by_push, "mov %rsp,%rsi; lea 1f+8(%rip),%rsp; mov $0x9090909090909090,%rax; push %rax; mov %rsi,%rsp; jmp 1f; nop;"
    "1: ud2; ud2; ud2; ud2; mov $3,%eax; int $0x81");
SNIP(by_sse, "movups 2f(%rip),%xmm0; movups %xmm0,1f(%rip); jmp 1f; 2: .fill 16,1,0x90; 1: .rept 8; ud2; .endr;"
    "mov $4,%eax; int $0x81");
SNIP(by_lock, "mov $0x9090,%eax; lock cmpxchg %ax,1f(%rip); mov $0x9090,%cx; movzwl 1f(%rip),%eax; lock cmpxchg %cx,1f(%rip);"
    "jmp 1f; 1: ud2; mov $6,%eax; int $0x81");
SNIP(opcode_to_jump, "movw $0x02eb,1f(%rip); jmp 1f; 1: nop; nop; ud2; mov $8,%eax; movw $0x9090,1b(%rip); int $0x81");

static void own(const char *name, const void *snippet) {
    trap_run(snippet);
    print("%s: %s ax=%x\n", name, vector_name(seen.f.vector), seen.f.ax & 0xFFFF);
}

void test_main(void) {
    same_address();
    other_address();
    own("own-block", own_block);
    own("own-block-again", own_block);
    own("own-loop", own_loop);
    own("own-loop-again", own_loop);
    own("by-rep-stosb", by_rep);
    own("by-rep-movsb", by_movs);
    own("by-push", by_push);
    own("by-sse-store", by_sse);
    own("by-locked-cmpxchg", by_lock);
    own("opcode-becomes-jump", opcode_to_jump);
}
