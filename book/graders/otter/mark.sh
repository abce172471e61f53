# Mark each  submitted/NAME/layers.ipynb , into  results.json  beside it.
for student in submitted/*/; do
  otter run --no-logo --autograder dist/autograder/*.zip \
    --output-dir "$student" "$student/layers.ipynb"
done
