// Multiboot entry, vector stubs, and ways into snippets and out of them: 32-bit protected mode.

        .section .multiboot, "a"
        .balign 4
        .long   0x1BADB002, 0, -0x1BADB002

        .text
        .globl  _start
_start:
        cli
        cld
        mov     $boot_stack_top, %esp
        push    $0
        popf
        mov     %cr0, %eax
        or      $0x22, %eax             // MP, NE
        and     $~0xC, %eax             // no EM, no TS
        mov     %eax, %cr0
        call    gdt_load
        ljmp    $0x08, $1f
1:      call    test_main
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
        pusha
        push    %ds
        push    %es
        push    %fs
        push    %gs
        mov     $0x10, %eax
        mov     %eax, %ds
        mov     %eax, %es
        cld
        push    %esp
        call    trap
        add     $4, %esp
        pop     %gs
        pop     %fs
        pop     %es
        pop     %ds
        popa
        add     $8, %esp
        iret

        // int trap_run(const void *code)
        .globl  trap_run
trap_run:
        push    %ebp
        push    %ebx
        push    %esi
        push    %edi
        pushf
        movl    $0, seen
        mov     %esp, saved_sp
        mov     24(%esp), %edi
        xor     %eax, %eax
        xor     %ecx, %ecx
        xor     %edx, %edx
        xor     %ebx, %ebx
        xor     %esi, %esi
        call    *%edi
        mov     $0x10, %eax
        mov     %eax, %ds
        mov     %eax, %es
        mov     %eax, %fs
        mov     %eax, %gs
        jmp     leave

        .globl  trap_escape
trap_escape:
        mov     $0x10, %eax
        mov     %eax, %ss
        mov     saved_sp, %esp
        mov     %eax, %ds
        mov     %eax, %es
        mov     %eax, %fs
        mov     %eax, %gs
leave:
        movl    $0, saved_sp
        mov     seen, %eax
        cld
        popf
        pop     %edi
        pop     %esi
        pop     %ebx
        pop     %ebp
        ret

        // int user_run(const void *code, uword flags)
        .globl  user_run
user_run:
        push    %ebp
        push    %ebx
        push    %esi
        push    %edi
        pushf
        movl    $0, seen
        mov     %esp, saved_sp
        mov     24(%esp), %ecx
        mov     28(%esp), %edx
        add     user_alias, %ecx
        lea     user_stack + 4096, %ebx
        add     user_alias, %ebx
        mov     $0x23, %eax
        mov     %eax, %ds
        mov     %eax, %es
        mov     %eax, %fs
        mov     %eax, %gs
        push    %eax
        push    %ebx
        push    %edx
        push    $0x1B
        push    %ecx
        xor     %eax, %eax
        xor     %ebx, %ebx
        xor     %ecx, %ecx
        xor     %edx, %edx
        iret

        // int iret_run(const uword *frame, int words)
        .globl  iret_run
iret_run:
        push    %ebp
        push    %ebx
        push    %esi
        push    %edi
        pushf
        movl    $0, seen
        mov     %esp, saved_sp
        mov     24(%esp), %esi
        mov     28(%esp), %ecx
        lea     (,%ecx,4), %edx
        sub     %edx, %esp
        mov     %esp, %edi
        rep movsl
        xor     %eax, %eax
        xor     %ebx, %ebx
        xor     %edx, %edx
        xor     %esi, %esi
        xor     %edi, %edi
        iret

        .data
        .globl  vector_stubs
vector_stubs:
        .macro  entry v
        .long   stub_\v
        .endm
        .set    i, 0
        .rept   256
        entry   %i
        .set    i, i + 1
        .endr

        .bss
        .globl  saved_sp
        .balign 16
saved_sp: .skip 16
boot_stack: .skip 16384
boot_stack_top:

        .section .note.GNU-stack, "", @progbits
