// Multiboot entry and the way to 64-bit mode; vector stubs; ways into snippets and out of them.
//
// Linear addresses: 0 to 1 GiB is physical memory for the supervisor, 1 to 2 GiB the same memory for ring 3
// (user_alias), 2 to 4 GiB identity, uncached, for devices. Tests put their own tables behind PML4 entry 1.

        .section .multiboot, "a"
        .balign 4
        .long   0x1BADB002, 0, -0x1BADB002

        .text
        .code32
        .globl  _start
_start:
        cli
        cld
        mov     $boot_stack_top, %esp
        push    $0
        popf

        mov     $pml4, %edi             // PML4[0] -> pdpt
        movl    $pdpt + 7, (%edi)
        mov     $pdpt, %edi             // four page directories of 2 MiB pages
        mov     $pdirs + 7, %eax
        mov     $4, %ecx
1:      mov     %eax, (%edi)
        add     $4096, %eax
        add     $8, %edi
        loop    1b
        mov     $pdirs, %edi
        mov     $0x83, %eax             // 0 to 1 GiB: supervisor
        call    gigabyte
        mov     $0x87, %eax             // the same for ring 3
        call    gigabyte
        mov     $0x80000093, %eax       // devices: PCD
        call    gigabyte
        call    gigabyte

        mov     %cr4, %eax
        or      $0x620, %eax            // PAE, OSFXSR, OSXMMEXCPT
        mov     %eax, %cr4
        mov     $pml4, %eax
        mov     %eax, %cr3
        mov     $0xC0000080, %ecx
        rdmsr
        or      $0x901, %eax            // LME, NXE, SCE
        wrmsr
        mov     %cr0, %eax
        or      $0x80010022, %eax       // PG, WP, NE, MP
        and     $~0xC, %eax
        mov     %eax, %cr0
        lgdt    boot_gdtr
        ljmp    $0x08, $long_mode

gigabyte:                               // EAX: first entry, EDI: table; both move on
        mov     $512, %ecx
1:      mov     %eax, (%edi)
        add     $0x200000, %eax
        add     $8, %edi
        loop    1b
        ret

        .code64
long_mode:
        mov     $0x10, %eax
        mov     %eax, %ss
        mov     $boot_stack_top, %rsp
        call    gdt_load
        movq    $0x40000000, user_alias
        call    test_main
        call    finish

        .macro  stub v
stub_\v:
        .if \v == 8 || (\v >= 10 && \v <= 14) || \v == 17
        .else
        push    $0
        .endif
        push    $\v
        jmp     common
        .endm

        .altmacro
        .macro  each v
        stub    \v
        .endm
        .set    i, 0
        .rept   256
        each    %i
        .set    i, i + 1
        .endr

common:
        push    %rax
        push    %rcx
        push    %rdx
        push    %rbx
        push    %rbp
        push    %rsi
        push    %rdi
        push    %r8
        push    %r9
        push    %r10
        push    %r11
        push    %r12
        push    %r13
        push    %r14
        push    %r15
        cld
        mov     %rsp, %rdi
        mov     %rsp, %rbp              // the frame may be misaligned for C on an IST stack of a test
        and     $-16, %rsp
        call    trap
        mov     %rbp, %rsp
        pop     %r15
        pop     %r14
        pop     %r13
        pop     %r12
        pop     %r11
        pop     %r10
        pop     %r9
        pop     %r8
        pop     %rdi
        pop     %rsi
        pop     %rbp
        pop     %rbx
        pop     %rdx
        pop     %rcx
        pop     %rax
        add     $16, %rsp
        iretq

        .macro  save
        push    %rbp
        push    %rbx
        push    %r12
        push    %r13
        push    %r14
        push    %r15
        pushf
        movl    $0, seen
        mov     %rsp, saved_sp
        .endm

        // int trap_run(const void *code)
        .globl  trap_run
trap_run:
        save
        xor     %eax, %eax
        xor     %ecx, %ecx
        xor     %edx, %edx
        xor     %ebx, %ebx
        xor     %esi, %esi
        call    *%rdi
        jmp     leave

        .globl  trap_escape
trap_escape:
        mov     saved_sp, %rsp
        mov     $0x10, %eax
        mov     %eax, %ss
        mov     %eax, %ds
        mov     %eax, %es
leave:
        movq    $0, saved_sp
        mov     seen, %eax
        cld
        popf
        pop     %r15
        pop     %r14
        pop     %r13
        pop     %r12
        pop     %rbx
        pop     %rbp
        ret

        // int user_run(const void *code, uword flags)
        .globl  user_run
user_run:
        save
        add     user_alias, %rdi
        lea     user_stack + 4096, %rbx
        add     user_alias, %rbx
        push    $0x23
        push    %rbx
        push    %rsi
        push    $0x2B
        push    %rdi
        xor     %eax, %eax
        xor     %ebx, %ebx
        xor     %ecx, %ecx
        xor     %edx, %edx
        iretq

        // int iret_run(const uword *frame, int words)
        .globl  iret_run
iret_run:
        save
        movslq  %esi, %rcx
        lea     (,%rcx,8), %rdx
        sub     %rdx, %rsp
        mov     %rdi, %rsi
        mov     %rsp, %rdi
        rep movsq
        xor     %eax, %eax
        xor     %ebx, %ebx
        xor     %edx, %edx
        xor     %esi, %esi
        xor     %edi, %edi
        iretq

        .data
        .globl  vector_stubs
vector_stubs:
        .macro  entry v
        .quad   stub_\v
        .endm
        .set    i, 0
        .rept   256
        entry   %i
        .set    i, i + 1
        .endr

        .balign 8
boot_gdt: .quad 0, 0x00AF9B000000FFFF, 0x00CF93000000FFFF
boot_gdtr: .word 23
        .long   boot_gdt, 0

        .bss
        .globl  saved_sp, pml4, pdpt, pdirs
        .balign 4096
pml4:   .skip   4096
pdpt:   .skip   4096
pdirs:  .skip   4096 * 4
saved_sp: .skip 16
boot_stack: .skip 16384
boot_stack_top:

        .section .note.GNU-stack, "", @progbits
