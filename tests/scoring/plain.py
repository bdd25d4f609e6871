"""The protocols again, as slow straightforward loops written without a look at scoring/: what its bits must equal."""

import math

import torch


def bits(network, input_ids, target_ids):
    """Bits of the targets, which follow the last inputs, from whole logits in double precision."""
    with torch.inference_mode():
        logits = network(torch.tensor([input_ids])).logits[0].double()
    log_probabilities = torch.log_softmax(logits, dim=-1)
    last = range(len(input_ids) - len(target_ids), len(input_ids))
    return [-float(log_probabilities[i, t]) / math.log(2) for i, t in zip(last, target_ids, strict=True)]


def document(network, ids, start, window, stride):
    """DESIGN §4, `document`."""
    first = min(len(ids), window)
    if not first:
        return []
    found = bits(network, [start, *ids[: first - 1]], ids[:first])
    score_from = first
    while score_from < len(ids):
        score_to = min(len(ids), score_from + stride)
        context_from = max(0, score_to - window)
        shown = [start, *ids[context_from : score_to - 1]]
        assert len(shown) <= window
        found += bits(network, shown, ids[score_from:score_to])
        score_from = score_to
    return found


def paper(network, ids, window, stride):
    """PAPER.md §1: returns {position of the target: bits}."""
    found = {}
    window_count = math.floor((len(ids) - window - 1) / stride + 1)
    for k in range(max(0, window_count)):
        some = ids[k * stride : k * stride + window + 1]
        kept = window if k == 0 else stride
        position = k * stride + window + 1 - kept
        for i, value in enumerate(bits(network, some[:-1], some[1:])[-kept:]):
            assert position + i not in found
            found[position + i] = value
    return found


def lm_eval(network, tokenizer, text, max_length):
    """lm-evaluation-harness 0.4.13: HFLM.loglikelihood_rolling and what it calls, restated."""
    prefix = tokenizer.bos_token_id if tokenizer.bos_token_id is not None else tokenizer.eos_token_id
    options = {"add_special_tokens": False} if text.startswith(tokenizer.decode(prefix)) else {}
    ids = tokenizer.encode(text, **options)
    pairs = []
    if ids:  # get_rolling_token_windows with context_len = 1
        first = min(max_length, len(ids))
        pairs.append(([prefix, *ids[: first - 1]], ids[:first]))
        predicted = first
        while predicted < len(ids):
            count = min(len(ids) - predicted, max_length)
            end = predicted + count
            pairs.append((ids[end - max_length - 1 : end - 1], ids[end - count : end]))
            predicted += count
    total = 0.0
    for context, continuation in pairs:
        context = context[: len(context) - (len(continuation) - 1)]  # make_disjoint_window
        shown = (context + continuation)[-(max_length + 1) :][:-1]  # _loglikelihood_tokens
        total += sum(bits(network, shown, continuation))
    return total


def seed_bits_per_character(network, tokenizer, texts, *, block_size, stride, batch_size):
    """PAPER.md §1 as a program runs it: whole windows in order, targets masked, one float32 sum a batch."""
    kept = [text for text in texts if text]
    ids = [i for text in kept for i in tokenizer.encode(text)]
    shown = block_size + 1
    windows, masks, begin, scored_to = [], [], 0, 0
    for _ in range(math.floor((len(ids) - shown) / stride + 1)):
        end = begin + shown
        is_new = [begin + i >= scored_to for i in range(shown)]
        windows.append(ids[begin:end])
        masks.append(is_new)
        scored_to, begin = end, begin + stride
    nats = 0.0
    for at in range(0, len(windows), batch_size):
        batch, mask = torch.tensor(windows[at : at + batch_size]), torch.tensor(masks[at : at + batch_size])
        with torch.inference_mode():
            logits = network(batch[:, :-1]).logits
        targets = batch[:, 1:].masked_fill(~mask[:, 1:], -1)
        nats += torch.nn.functional.cross_entropy(
            logits.flatten(0, 1), targets.flatten(), ignore_index=-1, reduction="sum"
        ).item()
    return nats / (sum(map(len, kept)) * math.log(2))
