"""The story of one scan: catalogue, gathering, judging, result; recording and replay."""
