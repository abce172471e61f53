# Mark each  submitted/NAME/my_layers.py ; a test that fails is no error here.
for student in submitted/*/; do
  python -m pytest --every-setting --layers="$student/my_layers.py" \
    --points="$student/points.json" > "$student/report.txt" || true
done
