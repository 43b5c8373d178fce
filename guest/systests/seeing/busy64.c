// 64-bit: what vm:profile, vm:trace and vm:disasm are tried on. For ever: three parts of the time in heavy, one in light,
// with frame pointers, and after every round a page fault, which ends a snippet.
#include "sys.h"

#pragma GCC optimize("no-omit-frame-pointer", "no-optimize-sibling-calls")

#define WORK "push %rbp; mov %rsp,%rbp; mov %rdi,%rcx; 1: imul $3,%rax,%rax; add $1,%rax; xor %rcx,%rax; dec %rcx; " \
    "jnz 1b; pop %rbp; ret"

SNIP(heavy, WORK);
SNIP(light, WORK);
SNIP(touch, "movabs $0x8000123456,%rax; mov (%rax),%al; ret");

__attribute__((noinline)) static void work(void) {
    ((void (*)(u64))(uword)heavy)(300000);
    ((void (*)(u64))(uword)light)(100000);
}

__attribute__((noinline)) static void again(void) {
    work();
    trap_run(touch);
}

void test_main(void) {
    put("READY\n");
    for (;;) {
        again();
    }
}
