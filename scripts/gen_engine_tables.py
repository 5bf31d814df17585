#!/usr/bin/env python3
"""Writes the tables of the engine that the scanner's rules G-M1 and G-T15 need.

    scripts/gen_engine_tables.py ENGINE_TREE > services/quarantine/scanner/engine_tables.inc
    scripts/gen_engine_tables.py ENGINE_TREE --check services/quarantine/scanner/engine_tables.inc

It reads the architectures, their tensor names and their loaders from the pinned engine source, so
that the quarantine knows exactly what the installed engine knows. For each architecture:
  - whether it is recurrent or hybrid (head counts may then be 0);
  - every tensor that its loader can create (anything else is an unknown extra tensor);
  - the tensors that its loader demands of every file (or of every file without or with experts), with
    the lengths that follow from the metadata alone;
  - the metadata keys that it demands.
A tensor is "demanded" only when it is created with flags 0 outside of any other condition, so the table
never demands more than the engine does.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

# Lengths that follow from the metadata alone, as the loaders write them, and their letters in a shape.
DIMENSIONS = {
    "n_embd": "E",
    "n_ff": "F",
    "n_vocab": "V",
    "n_expert": "X",
    "n_ctx_train": "C",
    "n_embd_head_k": "H",
    "n_embd_head_k * n_head": "Q",
    "n_embd_k_gqa": "K",
    "n_embd_v_gqa": "G",
    "n_embd_gqa": "G",
}


@dataclass
class Loader:
    """What one load_arch_tensors() function creates."""

    known: set[str] = field(default_factory=set)
    required: dict[str, str] = field(default_factory=dict)  # Pattern to shape ("E,V", or "").
    qkv: str = ""  # Shapes of attn_q, attn_k, attn_v, joined by "/", when they or attn_qkv are demanded.


def read_names(text: str, table: str) -> dict[str, str]:
    body = text[text.index(table) :]
    body = body[: body.index("\n};")]
    return dict(re.findall(r"\{\s*(\w+)\s*,\s*\"([^\"]*)\"\s*\}", body))


def switch_cases(text: str, function: str) -> set[str]:
    body = text[text.index(f"bool {function}(") :]
    body = body[: body.index("return true")]
    return set(re.findall(r"case (LLM_ARCH_\w+):", body))


def without_comments(text: str) -> str:
    text = re.sub(r"//[^\n]*", "", text)
    return re.sub(r"/\*.*?\*/", "", text, flags=re.S)


def function_body(text: str, start: int) -> str:
    depth = 0
    for at in range(text.index("{", start), len(text)):
        depth += {"{": 1, "}": -1}.get(text[at], 0)
        if depth == 0:
            return text[text.index("{", start) : at + 1]
    raise ValueError("function without an end")


def open_spans(body: str) -> list[tuple[int, int, str]]:
    """The parts of the body that run for every file, or for every file without experts ("dense:") or with
    them ("moe:"): the function itself, its layer loops, and the branches on n_expert == 0."""
    spans: list[tuple[int, int, str]] = []
    stack: list[str | None] = []  # The condition of each open brace; None: not known.
    closed: str | None = None  # Of the brace closed last.
    since = 0
    for at, char in enumerate(body):
        if char == "{":
            before = body[max(0, at - 200) : at].rstrip()
            outer = stack[-1] if stack else ""
            is_loop = re.search(r"for \((int|uint32_t) il? = 0; il? < (\(int\) )?n_layer; \+\+il?\)$", before)
            # A braced list of dimensions is no block; the body of an if, else or other loop is.
            is_list = bool(re.search(r"[,(=]$|\w$", before)) and not re.search(r"\b(else|do|try)$", before)
            if not stack or is_loop or is_list:
                state = outer
            elif outer == "" and re.search(r"\bif \(n_expert == 0\)$", before):
                state = "dense:"
            elif outer == "" and re.search(r"\}\s*else$", before) and closed == "dense:":
                state = "moe:"
            else:
                state = None
            if stack and outer is not None:
                spans.append((since, at, outer))
            stack.append(state)
            since = at
        elif char == "}":
            closed = stack.pop()
            if closed is not None:
                spans.append((since, at, closed))
            since = at
    return spans


def condition_at(spans: list[tuple[int, int, str]], at: int) -> str | None:
    for begin, end, condition in spans:
        if begin <= at < end:
            return condition
    return None


CALL = re.compile(
    r"create_tensor\(\s*tn\(\s*(LLM_TENSOR_\w+)\s*(?:,\s*\"(\w+)\")?\s*(?:,\s*(\w+))?(?:,\s*\w+)?\s*\)\s*,\s*"
    r"\{([^{}]*)\}\s*,\s*([^;]*?)\)\s*;"
)
ANY_TENSOR = re.compile(r"tn\(\s*(LLM_TENSOR_\w+)\s*(?:,\s*\"(\w+)\")?")


def shape_of(dimensions: str, body: str) -> str:
    """Letters joined by commas; "?" for a length that depends on more; nothing when none is known."""
    letters = []
    for dimension in dimensions.split(","):
        name = re.sub(r"\s+", " ", dimension.strip())
        # A loader that gives a name another meaning of its own.
        is_own = any(re.search(rf"\b{word}\s*=(?!=)", body) for word in re.findall(r"\w+", name))
        letters.append("?" if is_own else DIMENSIONS.get(name, "?"))
    return ",".join(letters) if set(letters) != {"?"} else ""


def read_loader(body: str, tensor_names: dict[str, str]) -> Loader:
    loader = Loader()
    is_conditional_loader = re.search(r"\breturn\b(?!\s+create)", body) is not None
    for tensor, suffix in ANY_TENSOR.findall(body):
        if tensor in tensor_names:
            loader.known.add(tensor_names[tensor] + (f".{suffix}" if suffix else ""))
    if "create_tensor_qkv" in body:
        for part in ("attn_q", "attn_k", "attn_v", "attn_qkv"):
            loader.known |= {f"blk.%d.{part}.weight", f"blk.%d.{part}.bias"}
    if "create_tensor_gate_up_exps" in body:
        for part in ("ffn_gate_exps", "ffn_up_exps", "ffn_gate_up_exps"):
            loader.known |= {f"blk.%d.{part}.weight", f"blk.%d.{part}.bias"}
    spans = open_spans(body)
    if is_conditional_loader:
        return loader
    for call in CALL.finditer(body):
        tensor, suffix, _, dimensions, flags = call.groups()
        line_start = body.rfind("\n", 0, call.start())
        before = (body.rfind(char, 0, call.start()) for char in ";}")
        statement = body[max(*before, line_start) : call.start()]
        if tensor not in tensor_names or flags.strip() != "0" or "if" in statement or "?" in statement:
            continue
        condition = condition_at(spans, call.start())
        if condition is None:
            continue
        name = tensor_names[tensor] + (f".{suffix}" if suffix else "")
        if name.count("%d") > 1:
            continue
        loader.required.setdefault(condition + name, shape_of(dimensions, body))
    qkv = re.search(r"create_tensor_qkv\(layer, il?, ([^,()]+), ([^,()]+), ([^,()]+), ([^,()]+), 0\)", body)
    if qkv and condition_at(spans, qkv.start()) == "" and body.count("create_tensor_qkv") == 1:
        loader.qkv = "/".join(shape_of(f"{qkv[1]},{qkv[part]}", body) or "?,?" for part in (2, 3, 4))
    return loader


KEY = re.compile(r"(?<=[;{}])\s*ml\.get_key\(\s*(LLM_KV_\w+)\s*,\s*[\w.]+\s*\)\s*;")


def read_keys(body: str, key_names: dict[str, str]) -> list[str]:
    """The keys of the architecture's own that its loader demands of every file."""
    if re.search(r"\breturn\b", body):
        return []
    spans = open_spans(body)
    found = {
        key_names[key[1]].removeprefix("%s.")
        for key in KEY.finditer(body)
        if condition_at(spans, key.start(1)) == "" and key_names.get(key[1], "").startswith("%s.")
    }
    return sorted(found)


def render(source: Path) -> str:
    arch_text = (source / "llama-arch.cpp").read_text()
    arch_names = read_names(arch_text, "LLM_ARCH_NAMES")
    tensor_names = read_names(arch_text, "LLM_TENSOR_NAMES")
    key_names = read_names(arch_text, "LLM_KV_NAMES")
    recurrent = switch_cases(arch_text, "llm_arch_is_recurrent")
    hybrid = switch_cases(arch_text, "llm_arch_is_hybrid")

    mapping_text = (source / "llama-model.cpp").read_text()
    classes: dict[str, str] = {}
    pending: list[str] = []
    for arch, made in re.findall(r"case (LLM_ARCH_\w+):|return new (llama_model_\w+)\(", mapping_text):
        if arch:
            pending.append(arch)
        else:
            classes.update({name: made for name in pending})
            pending = []

    headers = (source / "models" / "models.h").read_text()
    parents = dict(re.findall(r"struct (llama_model_\w+) : public (llama_model_\w+)", headers))
    bodies: dict[str, str] = {}
    key_bodies: dict[str, str] = {}
    for path in sorted((source / "models").glob("*.cpp")):
        text = without_comments(path.read_text())
        for found in re.finditer(r"void (llama_model_\w+)::load_arch_tensors\(", text):
            bodies[found.group(1)] = function_body(text, found.start())
        for found in re.finditer(r"void (llama_model_\w+)::load_arch_hparams\(", text):
            key_bodies[found.group(1)] = function_body(text, found.start())

    lines = [
        "// Made by scripts/gen_engine_tables.py from the pinned engine source; do not edit.",
        "// clang-format off",
    ]
    for arch in sorted(arch_names, key=lambda key: arch_names[key]):
        name = arch_names[arch]
        if name in ("(unknown)", "clip") or arch not in classes:
            continue
        made = classes[arch]
        while made not in bodies and made in parents:
            made = parents[made]
        loader = read_loader(bodies[made], tensor_names) if made in bodies else Loader()
        flags = "true" if arch in recurrent or arch in hybrid else "false"
        known = " ".join(sorted(loader.known))
        required = " ".join(f"{pattern}={shape}" for pattern, shape in sorted(loader.required.items()))
        keys_of = classes[arch]
        while keys_of not in key_bodies and keys_of in parents:
            keys_of = parents[keys_of]
        keys = " ".join(read_keys(key_bodies[keys_of], key_names)) if keys_of in key_bodies else ""
        lines += [f'{{"{name}", {flags},', f' "{known}",', f' "{required}",', f' "{loader.qkv}", "{keys}"}},']
    lines.append("// clang-format on")
    return "\n".join(lines) + "\n"


def main() -> int:
    if len(sys.argv) not in (2, 4) or (len(sys.argv) == 4 and sys.argv[2] != "--check"):
        print(__doc__, file=sys.stderr)
        return 2
    made = render(Path(sys.argv[1]) / "src")
    if len(sys.argv) == 2:
        sys.stdout.write(made)
        return 0
    if Path(sys.argv[3]).read_text() != made:
        print(f"{sys.argv[3]} differs from the engine source: run this script again", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
