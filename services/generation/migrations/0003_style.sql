ALTER TABLE personas
    -- How answers are written in the space; NULL is as configured.
    ADD COLUMN style text
        CONSTRAINT personas_style_check CHECK (style IN ('plain', 'short', 'full', 'steps', 'quote'));
