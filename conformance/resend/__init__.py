"""One recorded delivery once more: found in a journal, signed anew, sent, told; what cannot be made truly is not."""
