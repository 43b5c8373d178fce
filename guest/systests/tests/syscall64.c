// 64-bit: SYSCALL, SYSRET, SYSENTER, SYSEXIT from and to 64-bit and compatibility mode; SWAPGS, FS and GS bases.
#include "sys.h"

#define MSR_STAR 0xC0000081u
#define MSR_LSTAR 0xC0000082u
#define MSR_CSTAR 0xC0000083u
#define MSR_FMASK 0xC0000084u
#define MSR_FS_BASE 0xC0000100u
#define MSR_GS_BASE 0xC0000101u
#define MSR_KERNEL_GS_BASE 0xC0000102u
#define FLAGS_SHOWN 0x247F00ul // the arithmetic flags are no matter here

static uword got[8];
extern char syscall_target[], sysenter_target[];
// Both note what they find and end the snippet: vector 0x100 is SYSCALL, 0x101 SYSENTER.
asm(".text\n"
    "syscall_target:  movq $0x100, seen_vector(%rip); jmp note\n"
    "sysenter_target: movq $0x101, seen_vector(%rip)\n"
    "note: mov %rcx, got(%rip); mov %r11, got+8(%rip); mov %rsp, got+16(%rip)\n"
    "mov $boot_area+256, %rsp\n"
    "pushf; popq got+24(%rip)\n"
    "xor %eax,%eax; mov %cs, %eax; mov %rax, got+32(%rip)\n"
    "mov %ss, %eax; mov %rax, got+40(%rip)\n"
    "jmp trap_escape\n"
    ".data; .balign 16; seen_vector: .quad 0; boot_area: .skip 256; .text\n");
extern uword seen_vector;

SNIP(do_syscall, "stc; std; syscall; hlt");
SNIP(do_syscall_after, "nop; syscall; hlt");
SNIP(do_sysenter, "sysenter; hlt");
SNIP(k_syscall, "syscall; hlt");
SNIP(compat_syscall, ".code32; syscall; int $0x80; .code64");
SNIP(compat_sysenter, ".code32; sysenter; int $0x80; .code64");
// What ring 3 runs after a return: registers stay to be seen.
SNIP(arrive, "int $0x80");
SNIP(arrive_compat, ".code32; mov $0x7fffffff,%eax; inc %eax; int $0x80; .code64");
SNIP(k_sysretq, "mov sys_ip(%rip),%rcx; mov sys_flags(%rip),%r11; mov sys_sp(%rip),%rsp; sysretq");
SNIP(k_sysretl, "mov sys_ip(%rip),%rcx; mov sys_flags(%rip),%r11; mov sys_sp(%rip),%rsp; sysretl");
SNIP(k_sysexit, "mov sys_ip(%rip),%rdx; mov sys_sp(%rip),%rcx; sysexitl");
SNIP(k_sysexitq, "mov sys_ip(%rip),%rdx; mov sys_sp(%rip),%rcx; sysexitq");
asm(".data; .balign 8; .globl sys_ip, sys_flags, sys_sp; sys_ip: .quad 0; sys_flags: .quad 0; sys_sp: .quad 0; .text");
extern uword sys_ip, sys_flags, sys_sp;
SNIP(u_sysexit, "sysexitl; hlt");
SNIP(k_wrfsbase, "mov $0x1234,%eax; wrfsbase %rax; rdfsbase %rdx; ret");
SNIP(k_wrgsbase_bad, "mov $0x800000000000,%rax; wrgsbase %rax; ret");
SNIP(u_rdgsbase, "rdgsbase %rax; int $0x80");
SNIP(load_fs_data, "mov $0x33,%eax; mov %eax,%fs; ret");
SNIP(u_gs_load, "mov %gs:8,%rax; int $0x80");
SNIP(u_load_fs, "mov %fs:16,%rax; int $0x80");

static void entered(const char *name, const void *code) {
    uword ip = got[0] - (uword)code;
    if (got[4] == SEL_CODE0 && seen_vector == 0x100 && ip >= 0x1000) {
        ip -= user_alias;
    }
    if (!seen_vector) {
        show(name, code);
        return;
    }
    print("%s: %s", name, seen_vector == 0x100 ? "syscall" : "sysenter");
    if (seen_vector == 0x100) {
        print(" rcx=+%x r11=%x", ip, got[1] & FLAGS_SHOWN);
    }
    print(" flags=%x cs=%x ss=%x sp=%s\n", got[3] & FLAGS_SHOWN, got[4], got[5],
        got[2] == USER_STACK_TOP ? "user" : got[2] == 0x123450 ? "msr" : "kernel");
}

static void enter(const char *name, const void *code, uword flags) {
    seen_vector = 0;
    user_run(code, flags);
    entered(name, code);
}

static void compat(const char *name, const void *code, uword flags) {
    uword frame[] = {(uword)code + user_alias, SEL_CODE3C, flags, USER_STACK_TOP, SEL_DATA3};
    seen_vector = 0;
    iret_run(frame, 5);
    entered(name, code);
}

static void leave(const char *name, const void *code, const void *to, uword flags) {
    sys_ip = (uword)to + user_alias;
    sys_flags = flags;
    sys_sp = USER_STACK_TOP;
    trap_run(code);
    print("%s: %s ip=+%x cs=%x ss=%x flags=%x sp=%s\n", name, vector_name(seen.f.vector),
        seen.f.ip - (uword)to - user_alias, seen.f.cs, seen.f.ss, seen.f.flags & FLAGS_SHOWN,
        seen.f.sp == USER_STACK_TOP ? "user" : "kernel");
}

static void returns(void) {
    leave("sysretq", k_sysretq, arrive, 2);
    leave("sysretq-flags", k_sysretq, arrive, 0x247FD7 & ~(FLAG_TF | FLAG_NT | FLAG_AC));
    leave("sysretq-flags-rf-vm", k_sysretq, arrive, 2 | FLAG_RF | FLAG_VM);
    leave("sysretl", k_sysretl, arrive_compat, 2);
    leave("sysexit", k_sysexit, arrive_compat, 2);
    leave("sysexitq", k_sysexitq, arrive, 2);
    sys_ip = 0x800000000000;
    trap_run(k_sysretq);
    print("sysretq-not-canonical: %s(%x) cs=%x\n", vector_name(seen.f.vector), seen.f.error, seen.f.cs);
    sys_ip = 0x800000000000;
    trap_run(k_sysexitq);
    print("sysexitq-not-canonical: %s(%x) cs=%x\n", vector_name(seen.f.vector), seen.f.error, seen.f.cs);
    check_user("sysexit-in-ring-3", u_sysexit, 2);
    // SYSRET does not read descriptors: it works with a base that names nothing.
    uword star = rdmsr(MSR_STAR);
    wrmsr(MSR_STAR, (u64)0x1A3 << 48 | (u64)SEL_CODE0 << 32);
    leave("sysretq-no-descriptors", k_sysretq, arrive, 2);
    wrmsr(MSR_STAR, star);
}

static void bases(void) {
    static u64 area[4] __attribute__((aligned(32))) = {1, 0x1111, 0x2222, 0};
    uword user_area = (uword)area + user_alias;
    wrmsr(MSR_GS_BASE, 0x5000);
    wrmsr(MSR_KERNEL_GS_BASE, user_area);
    asm volatile("swapgs");
    print("swapgs: gs-base-swapped=%d kernel=%x\n", (uword)(rdmsr(MSR_GS_BASE) == user_area),
        (uword)rdmsr(MSR_KERNEL_GS_BASE));
    user_run(u_gs_load, 2);
    print("gs-base-in-ring-3: %x\n", seen.f.ax);
    wrmsr(MSR_FS_BASE, user_area);
    user_run(u_load_fs, 2);
    print("fs-base-in-ring-3: %x\n", seen.f.ax);
    wrmsr(MSR_FS_BASE, 0x123456789000);
    trap_run(load_fs_data);
    print("fs-base-after-flat-load: %x\n", (uword)rdmsr(MSR_FS_BASE));
    check("wrfsbase-cr4-clear", k_wrfsbase);
    if (!has_cpuid(7, 0, 1, 0)) {
        return;
    }
    WRITE_REG(cr4, READ_REG(cr4) | 0x10000);
    trap_run(k_wrfsbase);
    print("wrfsbase: %x\n", (uword)rdmsr(MSR_FS_BASE));
    check("wrgsbase-not-canonical", k_wrgsbase_bad);
    wrmsr(MSR_GS_BASE, 0xFFFF800000001000);
    user_run(u_rdgsbase, 2);
    print("rdgsbase-in-ring-3: %x\n", seen.f.ax);
    WRITE_REG(cr4, READ_REG(cr4) & ~0x10000ull);
}

void test_main(void) {
    sys_sp = USER_STACK_TOP;
    wrmsr(MSR_STAR, (u64)SEL_CODE3C << 48 | (u64)SEL_CODE0 << 32);
    wrmsr(MSR_LSTAR, (uword)syscall_target);
    wrmsr(MSR_CSTAR, (uword)syscall_target);
    wrmsr(MSR_FMASK, 0);
    enter("syscall", do_syscall, 2);
    enter("syscall-flags", do_syscall_after, 0x246FD7 & ~FLAG_TF);
    wrmsr(MSR_FMASK, 0x47700);
    enter("syscall-fmask", do_syscall, 0x246FD7 & ~FLAG_TF);
    wrmsr(MSR_FMASK, 0xFFFFFFFF);
    enter("syscall-fmask-all", do_syscall, 0x246FD7 & ~FLAG_TF);
    u32 r[4];
    cpuid(0, 0, r);
    if (r[1] == 0x756E6547) { // Intel's processors know SYSCALL in 64-bit mode only
        compat("syscall-in-compat", compat_syscall, 2);
    } else {
        skip("syscall-in-compat", "not an Intel processor");
    }
    wrmsr(MSR_EFER, rdmsr(MSR_EFER) & ~1ull);
    enter("syscall-sce-clear", do_syscall_after, 2);
    check("sysret-sce-clear", k_sysretq);
    wrmsr(MSR_EFER, rdmsr(MSR_EFER) | 1);
    seen_vector = 0;
    trap_run(k_syscall);
    print("syscall-from-ring-0: %s cs=%x ss=%x\n", seen_vector == 0x100 ? "syscall" : "fault", got[4], got[5]);

    wrmsr(0x174, 0);
    enter("sysenter-cs-0", do_sysenter, 2);
    wrmsr(0x174, SEL_CODE0);
    wrmsr(0x175, 0x123450);
    wrmsr(0x176, (uword)sysenter_target);
    enter("sysenter", do_sysenter, FLAG_IF | FLAG_DF | 2);
    if (r[1] == 0x756E6547) {
        compat("sysenter-in-compat", compat_sysenter, FLAG_IF | 2);
    } else {
        skip("sysenter-in-compat", "not an Intel processor");
    }
    wrmsr(0x174, 0x3);
    enter("sysenter-cs-rpl-only", do_sysenter, 2);
    wrmsr(0x174, SEL_CODE0);
    returns();
    wrmsr(0x174, 0);
    trap_run(k_sysexit);
    print("sysexit-cs-0: %s(%x) cs=%x\n", vector_name(seen.f.vector), seen.f.error, seen.f.cs);
    bases();
}
