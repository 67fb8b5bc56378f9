from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('access', '0002_editable_roles_grants_and_label_constraints'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='grant',
            options={'ordering': ['-created_at', 'id']},
        ),
        migrations.AddIndex(
            model_name='grant',
            index=models.Index(fields=['-created_at', 'id'], name='grants_newest_first'),
        ),
    ]
