// Serial output and the end of a program.
#include "sys.h"

static void put_char(char c) {
    int patience = 100000;
    while (!(inb(0x3FD) & 0x20) && --patience) {
    }
    outb(0x3F8, c);
}

void put(const char *text) {
    for (; *text; text++) {
        if (*text == '\n') {
            put_char('\r');
        }
        put_char(*text);
    }
}

static void put_number(u64 v, u32 base) {
    char text[21];
    int i = 20;
    text[i] = 0;
    if (base == 16) {
        do {
            text[--i] = "0123456789abcdef"[v & 15];
            v >>= 4;
        } while (v);
    } else {
        u32 small = v;
        do {
            text[--i] = '0' + small % 10;
            small /= 10;
        } while (small);
    }
    put(text + i);
}

void print(const char *format, ...) {
    __builtin_va_list args;
    __builtin_va_start(args, format);
    char one[2] = {0, 0};
    for (; *format; format++) {
        if (*format != '%') {
            one[0] = *format;
            put(one);
            continue;
        }
        switch (*++format) {
            case 'x': put_number(__builtin_va_arg(args, uword), 16); break;
            case 'd': put_number(__builtin_va_arg(args, uword), 10); break;
            case 'q': put_number(__builtin_va_arg(args, u64), 16); break;
            case 's': put(__builtin_va_arg(args, const char *)); break;
        }
    }
    __builtin_va_end(args);
}

void skip(const char *name, const char *why) {
    print("%s: skip (%s)\n", name, why);
}

void finish(void) {
    put("END\n");
    outl(0xF4, 0x10); // QEMU's status is then 33
    for (;;) {
        asm volatile("cli; hlt");
    }
}

int has_cpuid(u32 leaf, u32 sub, int reg, int bit) {
    u32 r[4];
    cpuid(leaf & 0x80000000u, 0, r);
    if (r[0] < leaf) {
        return 0;
    }
    cpuid(leaf, sub, r);
    return r[reg] >> bit & 1;
}

void *fill(void *to, int byte, uword n) {
    u8 *t = to;
    while (n--) {
        *t++ = byte;
    }
    return to;
}

void *copy(void *to, const void *from, uword n) {
    u8 *t = to;
    const u8 *f = from;
    while (n--) {
        *t++ = *f++;
    }
    return to;
}

// The compiler may call these.
void *memset(void *to, int byte, uword n) { return fill(to, byte, n); }
void *memcpy(void *to, const void *from, uword n) { return copy(to, from, n); }
