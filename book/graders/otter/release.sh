# From  layers.ipynb , make  dist/student/layers.ipynb  and what marks it.
otter assign layers.ipynb dist
