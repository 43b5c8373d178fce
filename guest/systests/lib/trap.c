// Records what ends a snippet, and prints it.
#include "sys.h"

struct seen seen;
hook hooks[256];
u8 user_stack[8192] __attribute__((aligned(4096)));
uword user_alias;
void trap_escape(void) __attribute__((noreturn));
extern uword saved_sp;

// Called by the vector stubs. Returns to resume, else leaves through trap_escape.
void trap(struct frame *f) {
    if (hooks[f->vector & 255] && hooks[f->vector & 255](f)) {
        return;
    }
    seen.trapped = 1;
    seen.cr2 = READ_REG(cr2);
    seen.handler_sp = (uword)&f->ip;
    copy(&seen.f, f, sizeof(*f));
    if (!saved_sp) {
        print("unexpected %s(%x) ip=%x cs=%x cr2=%x\n", vector_name(f->vector), f->error, f->ip, f->cs, seen.cr2);
        finish();
    }
    trap_escape();
}

const char *vector_name(int vector) {
    static const char *const names[] = {"#DE", "#DB", "NMI", "#BP", "#OF", "#BR", "#UD", "#NM", "#DF", "09", "#TS",
        "#NP", "#SS", "#GP", "#PF", "15", "#MF", "#AC", "#MC", "#XM"};
    static char other[] = "int00";
    if (vector < (int)LEN(names)) {
        return names[vector];
    }
    other[3] = "0123456789abcdef"[vector >> 4 & 15];
    other[4] = "0123456789abcdef"[vector & 15];
    return other;
}

void show(const char *name, const void *base) {
    print("%s: ", name);
    if (!seen.trapped) {
        put("none\n");
        return;
    }
    int v = seen.f.vector;
    put(vector_name(v));
    if (v == 8 || (v >= 10 && v <= 14) || v == 17) {
        print("(%x)", seen.f.error);
    }
    uword offset = seen.f.ip - (uword)base;
    if ((seen.f.cs & 3) && !(seen.f.flags & FLAG_VM)) {
        offset -= user_alias;
    }
    // Not in the snippet: that address depends on the compiler.
    if (offset > 0x1000) {
        print(" ip=far cs=%x", seen.f.cs);
    } else {
        print(" ip+%x cs=%x", offset, seen.f.cs);
    }
    if (v == 14) {
        print(" cr2=%x", seen.cr2);
    }
    put("\n");
}

void check(const char *name, const void *code) {
    trap_run(code);
    show(name, code);
}

void check_user(const char *name, const void *code, uword flags) {
    user_run(code, flags);
    show(name, code);
}
